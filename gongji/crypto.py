"""SM4-GCM for what must be read again, HMAC-SM3 for what must only be found again.

Master keys come from DATA_KEYS and INDEX_KEYS and are never used directly: every purpose has its own
sub-key, HMAC-SM3(master, purpose), so that a file key opens no column and one index matches no other.
A sealed value is `key id (1) | nonce (12) | ciphertext | tag (16)`. The highest key id writes, all read.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM
from cryptography.hazmat.primitives.hashes import SM3, Hash
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

NONCE, TAG = 12, 16
_HEAD = 1 + NONCE
_SM3 = SM3()
_BLANK = Hash(_SM3)
"""Copied for each digest: half the price of a new one."""


class DecryptError(Exception):
    """The value was altered, moved to another row, or sealed with a key this installation lacks."""


def sm3(data: bytes) -> bytes:
    """Return the SM3 digest (GB/T 32905), 32 bytes."""
    digest = _BLANK.copy()
    digest.update(data)
    return digest.finalize()


def merkle_root(leaves: bytes) -> bytes:
    """Return the root of the binary tree (SM3) over leaves of 32 bytes each; an odd one moves up as it is."""
    while len(leaves) > 32:
        pairs = [leaves[start : start + 64] for start in range(0, len(leaves), 64)]
        leaves = b"".join(sm3(pair) if len(pair) == 64 else pair for pair in pairs)
    return leaves or bytes(32)


def encrypt(plain: bytes, *, aad: bytes) -> bytes:
    """Seal a column's value; `aad` names the place it belongs to and is needed to open it."""
    return _seal(plain, aad, "data")


def decrypt(blob: bytes, *, aad: bytes) -> bytes:
    """Open what `encrypt` sealed for the same `aad`. Raises DecryptError."""
    return _open(blob, aad, "data")


def encrypt_file(plain: bytes, *, file_id: UUID) -> bytes:
    """Seal the bytes of a stored file; they open only under the id of that file."""
    return _seal(plain, file_id.bytes, "file")


def decrypt_file(blob: bytes, *, file_id: UUID) -> bytes:
    """Open what `encrypt_file` sealed. Raises DecryptError."""
    return _open(blob, file_id.bytes, "file")


def blind_index(field: str, value: str) -> bytes:
    """Return the 32 bytes under which `value` is stored and found; `field` such as "id:01" or "phone"."""
    ring = settings.INDEX_KEYS
    return _hmac(ring[max(ring)], f"index:{field}", value.encode())


def blind_indexes(field: str, value: str) -> list[bytes]:
    """Return the value's index under every readable key, newest first: for look-ups during a rotation."""
    ring = settings.INDEX_KEYS
    return [_hmac(ring[key_id], f"index:{field}", value.encode()) for key_id in sorted(ring, reverse=True)]


def authenticate(purpose: str, data: bytes, ring: Mapping[int, bytes] | None = None) -> bytes:
    """Return `key id (1) | HMAC-SM3 (32)` over `data`, for records that must show tampering.

    `ring` is DATA_KEYS unless the record has keys of its own, which fewer processes hold.
    """
    ring = settings.DATA_KEYS if ring is None else ring
    key_id = max(ring)
    return bytes((key_id,)) + _hmac(ring[key_id], f"mac:{purpose}", data)


def is_authentic(purpose: str, data: bytes, mac: bytes, ring: Mapping[int, bytes] | None = None) -> bool:
    """Say whether `mac` was made by `authenticate` for the same purpose, data and ring."""
    ring = settings.DATA_KEYS if ring is None else ring
    master = ring.get(mac[0]) if mac else None
    if master is None:
        return False
    context = _keyed(master, f"mac:{purpose}").copy()
    context.update(data)
    try:
        context.verify(mac[1:])
    except Exception:  # InvalidSignature, or a length that is no digest at all
        return False
    return True


def _seal(plain: bytes, aad: bytes, purpose: str) -> bytes:
    ring = settings.DATA_KEYS
    key_id = max(ring)
    nonce = os.urandom(NONCE)
    seal = Cipher(_cipher(ring[key_id], purpose), GCM(nonce)).encryptor()
    seal.authenticate_additional_data(aad)
    body = seal.update(plain) + seal.finalize()
    return bytes((key_id,)) + nonce + body + seal.tag


def _open(blob: bytes, aad: bytes, purpose: str) -> bytes:
    master = settings.DATA_KEYS.get(blob[0]) if len(blob) >= _HEAD + TAG else None
    if master is None:
        raise DecryptError("not a sealed value, or its key is not in DATA_KEYS")
    seal = Cipher(_cipher(master, purpose), GCM(blob[1:_HEAD], blob[-TAG:])).decryptor()
    seal.authenticate_additional_data(aad)
    try:
        return seal.update(blob[_HEAD:-TAG]) + seal.finalize()
    except InvalidTag:
        raise DecryptError("the value was altered or belongs to another row") from None


# The caches are keyed by the key itself, not its id: a changed ring can never meet a stale key.
@lru_cache(maxsize=64)
def _cipher(master: bytes, purpose: str) -> SM4:
    return SM4(_hmac(master, purpose, b"")[:16])


@lru_cache(maxsize=256)
def _keyed(master: bytes, purpose: str) -> HMAC:
    derive = HMAC(master, _SM3)
    derive.update(b"gongji:1:" + purpose.encode())
    return HMAC(derive.finalize(), _SM3)


def _hmac(master: bytes, purpose: str, data: bytes) -> bytes:
    context = _keyed(master, purpose).copy()
    context.update(data)
    return context.finalize()
