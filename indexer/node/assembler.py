"""The few EVM instructions the lens needs, from text to bytes.

One line is `MNEMONIC [operand]`; `name:` marks a jump target (a JUMPDEST stands there), `name=` the plain
position; an operand is a number or `@name` (a PUSH2). What follows `;` is a comment.
"""

_OPCODES = {
    "ADD": 0x01, "LT": 0x10, "ISZERO": 0x15, "AND": 0x16, "OR": 0x17, "SHL": 0x1B, "SHR": 0x1C,
    "CODESIZE": 0x38, "CODECOPY": 0x39, "EXTCODESIZE": 0x3B, "RETURNDATASIZE": 0x3D, "RETURNDATACOPY": 0x3E,
    "TIMESTAMP": 0x42, "POP": 0x50, "MLOAD": 0x51, "MSTORE": 0x52, "JUMP": 0x56, "JUMPI": 0x57, "GAS": 0x5A,
    "JUMPDEST": 0x5B, "RETURN": 0xF3, "STATICCALL": 0xFA, "REVERT": 0xFD,
}  # fmt: skip
_OPCODES |= {f"PUSH{size}": 0x5F + size for size in range(1, 33)}  # no PUSH0: chains before Shanghai lack it
_OPCODES |= {f"DUP{depth}": 0x7F + depth for depth in range(1, 17)}
_OPCODES |= {f"SWAP{depth}": 0x8F + depth for depth in range(1, 17)}


def assemble(source: str) -> bytes:
    """Bytes of a program. Raises ValueError for an unknown mnemonic, label or an operand that does not fit."""
    lines = [line.partition(";")[0].split() for line in source.splitlines()]
    lines = [line for line in lines if line]
    labels = _positions(lines)
    program = b""
    for mnemonic, *operands in lines:
        if mnemonic.endswith("="):
            continue
        if mnemonic.endswith(":"):
            program += bytes([_OPCODES["JUMPDEST"]])
            continue
        program += bytes([_opcode(mnemonic)])
        if operands:
            program += _operand(operands[0], labels).to_bytes(int(mnemonic.removeprefix("PUSH")))
    return program


def _positions(lines: list[list[str]]) -> dict[str, int]:
    labels: dict[str, int] = {}
    position = 0
    for mnemonic, *_ in lines:
        if mnemonic[-1] in ":=":
            labels[mnemonic[:-1]] = position
            position += mnemonic.endswith(":")
        else:
            position += 1 + (int(mnemonic[4:]) if mnemonic.startswith("PUSH") else 0)
    return labels


def _opcode(mnemonic: str) -> int:
    if mnemonic not in _OPCODES:
        raise ValueError(f"no EVM instruction {mnemonic}")
    return _OPCODES[mnemonic]


def _operand(text: str, labels: dict[str, int]) -> int:
    if not text.startswith("@"):
        return int(text, 0)
    if text[1:] not in labels:
        raise ValueError(f"no label {text[1:]}")
    return labels[text[1:]]
