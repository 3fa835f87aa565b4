"""Where a snapshot is written: a folder, or whatever fsspec reaches. Every failure is one line."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

import fsspec  # type: ignore[import-untyped]
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]

from indexer.errors import IndexerError, SnapshotError

_AT_ONCE = 1 << 20
_PATTERN = frozenset("*?[")


class Counted:
    """A file being written, for whoever wants to write: what went through is counted and hashed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self.size = 0
        self.closed = False

    def write(self, data: Any) -> int:  # noqa: ANN401 - whatever has a buffer
        """Write all of it."""
        view = memoryview(data)
        self._file.write(view.tobytes())
        self._sha256.update(view)
        self.size += view.nbytes
        return view.nbytes

    def tell(self) -> int:
        """How much was written."""
        return self.size

    def flush(self) -> None:
        """Nothing: closing writes."""

    def close(self) -> None:
        """Whoever opened the file closes it."""
        self.closed = True

    def hexdigest(self) -> str:
        """sha256 of the whole file."""
        return self._sha256.hexdigest()


class Target:
    """A folder by its URL; paths are relative to it, with `/`. Raises SnapshotError, one line each."""

    def __init__(self, url: str) -> None:
        self.shown = _shown(url)
        """The URL without what may be a secret."""
        try:
            self._fs, root = fsspec.core.url_to_fs(url)
        except ImportError as error:
            raise SnapshotError(f"{_scheme(url)}:// needs another package: {_installs(error)}") from None
        except (ValueError, OSError) as error:
            raise SnapshotError(f"--out {_scheme(url)}: {_line(error)}") from None
        self._root = str(root).rstrip("/")
        self.is_local = isinstance(self._fs, LocalFileSystem)
        if not self.is_local and _PATTERN & set(self._root):
            raise SnapshotError(f"--out {_shown(url)}: *, ? and [ are patterns there; choose a name without them")

    def path(self, name: str) -> str:
        """The whole path of a name."""
        return f"{self._root}/{name}" if name else self._root or "/"

    @contextmanager
    def create(self, name: str) -> Iterator[Counted]:
        """Write a new file."""
        with self._told("write"):
            self._fs.makedirs(self.path(name).rpartition("/")[0], exist_ok=True)
            with self._fs.open(self.path(name), "wb") as file:
                yield Counted(file)

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Read a file."""
        with self._told("read"), self._fs.open(self.path(name), "rb") as file:
            yield file

    def read(self, name: str) -> bytes | None:
        """A small file; None where there is none."""
        try:
            with self.open(name) as file:
                return file.read()
        except SnapshotMissing:
            return None

    def sha256(self, name: str) -> tuple[str, int]:
        """Hash and size of a file."""
        digest, size = hashlib.sha256(), 0
        with self.open(name) as file:
            while part := file.read(_AT_ONCE):
                digest.update(part)
                size += len(part)
        return digest.hexdigest(), size

    def size(self, name: str) -> int | None:
        """Bytes of a file; None where there is none."""
        try:
            with self._told("read"):
                return int(self._fs.size(self.path(name)))
        except SnapshotMissing:
            return None

    def move(self, old: str, new: str) -> None:
        """Give a written file its name, over whatever had it."""
        with self._told("write"):
            self._fs.makedirs(self.path(new).rpartition("/")[0], exist_ok=True)
            self._fs.mv(self.path(old), self.path(new))

    def remove(self, name: str) -> None:
        """Remove a file or a folder with all in it; no complaint: this cleans up."""
        with suppress(Exception):
            self._fs.rm(self.path(name), recursive=True)

    def remove_empty(self, name: str) -> None:
        """Remove a folder that nothing is in, where folders are things at all."""
        with suppress(Exception):
            self._fs.rmdir(self.path(name))

    def find(self, folder: str = "") -> list[str]:
        """Every file below a folder, relative to the target, sorted."""
        with self._told("read"):
            self._fs.invalidate_cache()
            whole = self._fs.find(self.path(folder)) if self._fs.exists(self.path(folder)) else []
        return sorted(str(path)[len(self._root) :].lstrip("/") for path in whole)

    @contextmanager
    def _told(self, verb: str) -> Iterator[None]:
        try:
            yield
        except IndexerError:
            raise
        except FileNotFoundError as error:
            if verb == "read":
                raise SnapshotMissing(f"{self.shown} has no {_line(error)}") from None
            raise SnapshotError(f"cannot {verb} the snapshot at {self.shown}: {_line(error)}") from None
        except OSError as error:
            raise SnapshotError(f"cannot {verb} the snapshot at {self.shown}: {_line(error)}") from None
        except Exception as error:
            if self.is_local:
                raise
            raise SnapshotError(f"cannot {verb} the snapshot at {self.shown}: {_line(error)}") from error


class SnapshotMissing(SnapshotError):
    """There is no such file."""


def _scheme(url: str) -> str:
    return url.partition("://")[0]


def _shown(url: str) -> str:
    """The URL without what may be a secret."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2].partition('?')[0]}" if separator else url


def _installs(error: ImportError) -> str:
    text = _line(error)
    return "install s3fs" if "s3fs" in text.lower() else text


def _line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower() if error.filename is None else f"{error.strerror.lower()} ({error.filename})"
    return " ".join(str(error).split()) or type(error).__name__
