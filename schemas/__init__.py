"""The shared language: every JSON shape that crosses a border. No I/O."""
