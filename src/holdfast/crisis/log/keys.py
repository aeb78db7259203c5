"""The key that signs the logs of this installation: Ed25519, so that who checks needs the public half alone.

`DATA_DIR/keys/log.key` is the private half (PKCS #8, PEM, readable by its owner only), made when the first entry is
written. Each public half that ever signed stays beside it as `log-ID.pub`, where ID are the first sixteen digits of
the SHA-256 of its 32 bytes. Taking `log.key` away makes the next entry start a new one (docs/guides/log-and-reports).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import logging
import os
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

log = logging.getLogger("holdfast.log")

ALGORITHM = "ed25519"
# So that a signature over a head is never one over something else.
_ABOUT = b"holdfast log entry 1\n"

PublicKeys = dict[str, Ed25519PublicKey]
"""Public halves by their id."""


class BadKey(Exception):
    """A file that holds no key of this kind."""


def signature_of(digest: str, folder: Path) -> str:
    """The signature over the hash of an entry, as `ed25519:ID:BASE64`.

    Empty where the key can be neither read nor made: an event that is not signed is worth more than one that is not
    written down, and `verify-log` says that it is not signed.
    """
    try:
        key = _private(folder)
    except (OSError, BadKey) as error:
        log.error("an entry of a log is not signed: %s", error)
        return ""
    said = base64.b64encode(key.sign(_ABOUT + digest.encode())).decode()
    return f"{ALGORITHM}:{id_of(key.public_key())}:{said}"


def signer_of(signature: str) -> str:
    """The id of the key that a signature names; empty where it is none."""
    parts = signature.split(":")
    return parts[1] if len(parts) == 3 and parts[0] == ALGORITHM else ""


def is_signed(digest: str, signature: str, key: Ed25519PublicKey) -> bool:
    """Whether the signature over this hash is by this key."""
    try:
        key.verify(base64.b64decode(signature.split(":")[-1], validate=True), _ABOUT + digest.encode())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def id_of(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def as_text(key: Ed25519PublicKey) -> str:
    """The public half as PEM."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


def read_public(data: bytes, name: str) -> PublicKeys:
    """The public halves of a file: one PEM after the other. Raises BadKey."""
    end = b"-----END PUBLIC KEY-----"
    found: PublicKeys = {}
    for part in data.split(end)[:-1]:
        try:
            key = serialization.load_pem_public_key(part[part.index(b"-----BEGIN") :] + end + b"\n")
        except (ValueError, UnsupportedAlgorithm):
            raise BadKey(f"{name}: wanted public keys as PEM") from None
        if not isinstance(key, Ed25519PublicKey):
            raise BadKey(f"{name}: wanted Ed25519 keys")
        found[id_of(key)] = key
    if not found:
        raise BadKey(f"{name}: wanted public keys as PEM, found none")
    return found


def public_keys(folder: Path) -> PublicKeys:
    """Every public half that this installation keeps. A file that cannot be read is left out."""
    found: PublicKeys = {}
    for path in sorted(folder.glob("log-*.pub")):
        try:
            found |= read_public(path.read_bytes(), path.name)
        except (OSError, BadKey) as error:
            log.error("%s", error)
    return found


def current_id(folder: Path) -> str:
    """The id of the key that signs now; empty where none was made yet. Raises OSError or BadKey."""
    return id_of(_read(folder / "log.key").public_key()) if (folder / "log.key").exists() else ""


def rotate(folder: Path) -> tuple[str, str]:
    """Puts the private half aside as `log-ID.retired` and makes a new one; gives the two ids, the first empty where
    there was none. Raises OSError or BadKey."""
    old = current_id(folder)
    if old:
        os.replace(folder / "log.key", folder / f"log-{old}.retired")
    return old, id_of(_private(folder).public_key())


def _private(folder: Path) -> Ed25519PrivateKey:
    """The key, made on first use. Of two that make it at once one wins, and both use that one. Raises OSError or
    BadKey."""
    path = folder / "log.key"
    try:
        key = _read(path)
    except FileNotFoundError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate()
        plain = made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _write_once(path, plain)
        key = _read(path)
    public = folder / f"log-{id_of(key.public_key())}.pub"
    if not public.exists():
        _write_once(public, as_text(key.public_key()).encode())
    return key


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadKey(f"{path.name}: wanted an Ed25519 key as PEM without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey(f"{path.name}: wanted an Ed25519 key")
    return key


def _write_once(path: Path, data: bytes) -> None:
    """Writes a file that nobody sees half, readable by its owner only; one that is there already stays."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix="coming-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            return
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        Path(name).unlink(missing_ok=True)
