"""What all models share: the envelope, an error, and the kinds of values."""

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from indexer.words import State

Integer = Annotated[str, Field(pattern="^-?[0-9]+$", description="An integer that may pass 2^53, in decimal digits.")]
Hash = Annotated[str, Field(pattern="^0x[0-9a-f]{64}$")]
Timestamp = Annotated[int, Field(description="Unix seconds, UTC.")]
StateName = Literal["healthy", "at_risk", "liquidatable", "bad_debt", "unknown"]
assert set(get_args(StateName)) == set(State)  # noqa: S101 - both are the same words


class Model(BaseModel):
    """Nothing but what is said here."""

    model_config = ConfigDict(extra="forbid")


class OpenModel(BaseModel):
    """What is said here, and what only some protocols have."""

    model_config = ConfigDict(extra="allow")


class Envelope(Model):
    """Of which block an answer is, how far behind it is, how final."""

    chain_id: int
    block_number: int
    block_hash: Hash
    block_timestamp: Timestamp
    head_block: Annotated[int | None, Field(description="The newest block the node was seen to have.")]
    head_observed_at: Annotated[int | None, Field(description="When it was seen to have it.")]
    lag_blocks: Annotated[
        int | None, Field(description="Blocks between the answer's and that head; null: none was seen.")
    ]
    lag_seconds: Annotated[
        int,
        Field(description="How old the block is by the server's clock. It grows when nothing is followed any more."),
    ]
    finality: Literal["latest", "safe", "finalized"]
    at_timestamp: Annotated[int | None, Field(description="Only where it was asked for.")] = None
    deployments_behind: Annotated[
        list[str] | None, Field(description="Only where there are: nothing is said about these yet.")
    ] = None


class Fault(Model):
    """What is wrong, for programs (`code`) and for people."""

    code: str
    message: str
    hint: str | None = None


class ErrorAnswer(Model):
    """Every error has this shape."""

    error: Fault


class Paged(Envelope):
    """A list that is read page by page."""

    next_cursor: Annotated[
        str | None, Field(description="Give it as `cursor` for the next rows of this very block; null: that was all.")
    ]
