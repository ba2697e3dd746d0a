"""Decisions, pure: time, randomness and the results of private keys are arguments."""
