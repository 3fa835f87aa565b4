"""Made-up contracts that answer what wrappers are asked, and the loop of a block's reads around them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from indexer.abi import load_interface
from indexer.book import Book, Draft
from indexer.evm import Address, Answer, Call, address
from indexer.wrappers import apply_reads, plan_reads
from indexer.wrappers.recognition import Known

ABI = load_interface("wrappers", "Wrappers")
NAMES = {function.selector: name for name, function in ABI.functions.items()}
Function = Callable[[int], int | None]
"""A function of the sample (0 where it takes none); None: it reverts."""


def token(number: int) -> Address:
    return address(number)


def always(word: int | None) -> Function:
    """A function that answers the same whatever it is asked."""
    return lambda _: word


@dataclass
class Contracts:
    """Tokens by address, each with its functions; what is not there reverts."""

    functions: dict[tuple[Address, str], Function] = field(default_factory=dict)
    asked: list[list[Call]] = field(default_factory=list)

    def put(self, where: Address, name: str, function: Function) -> None:
        self.functions[where, name] = function

    def vault(self, where: Address, underlying: Address, assets: int, shares: int, *, most: int = 2**256) -> None:
        """An ERC-4626 vault; it refuses to convert `most` or more."""
        self.put(where, "asset", lambda _: int(underlying, 16))
        self.put(where, "convertToAssets", lambda x: None if x >= most else x * assets // shares)

    def special(self, where: Address, getter: str, conversion: str, underlying: Address, rate: tuple[int, int]) -> None:
        """Another kind that names its underlying."""
        self.put(where, getter, lambda _: int(underlying, 16))
        self.put(where, conversion, lambda x: x * rate[0] // rate[1])

    def answer(self, call: Call) -> Answer:
        found = self.functions.get((call.to, NAMES[call.data[:4]]))
        value = None if found is None else found(int.from_bytes(call.data[4:36]))
        return None if value is None else value.to_bytes(32)

    def read(self, tokens: Iterable[Address], book: Book, known: Known | None = None) -> int:
        """One block's reads, committed to the book; returns how many requests they took."""
        draft, answers, known = Draft(book), dict[Call, Answer](), known or {}
        tokens = list(tokens)
        for rounds in range(40):
            apply_reads(tokens, draft, answers, known)
            wanted = [call for call in plan_reads(tokens, draft, known) if call not in answers]
            if not wanted:
                book.apply(draft.changes())
                return rounds
            self.asked.append(wanted)
            answers.update((call, self.answer(call)) for call in wanted)
        raise AssertionError("the reads never come to an end")
