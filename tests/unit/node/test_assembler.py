"""The assembler of the lens."""

import pytest

from indexer.node.assembler import assemble


@pytest.mark.parametrize("source", ["PUSH0", "MULTIPLY", "PUSH2 @nowhere", "PUSH1 many"])
def test_what_it_does_not_know_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match=r"no EVM instruction|no label|invalid literal"):
        assemble(source)


def test_an_operand_that_does_not_fit_is_refused() -> None:
    with pytest.raises(OverflowError):
        assemble("PUSH1 256")


def test_a_jump_target_is_a_jumpdest_and_a_position_is_nothing() -> None:
    source = """
        PUSH2 @end      ; forwards
        JUMP
    end:
        PUSH4 0x01020304
        PUSH2 @after
    after=
    """
    assert assemble(source).hex() == "610004" + "56" + "5b" + "6301020304" + "61000d"
