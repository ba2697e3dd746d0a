"""Questions are not assertions: what keeps a case back does not keep a request back (R-11)."""

from policy_cases import HUB, agreed, facts, record_of

from gateway.core.policy import Hold, Release, decide

QUESTIONS = agreed(types=("request", "case"))
ONE_BANK = [{"kind": "financial", "provider": "Bank A"}]
NOW = 1_772_323_200_000  # 2026-03-01


def test_a_question_that_rests_on_money_alone_may_be_asked():
    question = record_of("request", grounds=ONE_BANK, persons__0__category="suspect")

    assert decide(question, HUB, QUESTIONS, NOW).verdict == Release()


def test_the_same_grounds_in_a_case_keep_it_back():
    decision = decide(record_of("case", grounds=ONE_BANK), HUB, QUESTIONS, NOW)

    assert (decision.rule, type(decision.verdict)) == ("R-11", Hold)


def test_a_question_needs_an_agreement_like_every_record():
    question = record_of("request", persons__0__category="suspect")

    assert decide(question, HUB, facts(), NOW).rule == "R-06"
