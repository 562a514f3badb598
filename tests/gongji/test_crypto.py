"""Sealing and finding: published vectors, purposes kept apart, nothing opens in the wrong place."""

import uuid

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB, GCM
from hypothesis import given
from hypothesis import strategies as st

from gongji import crypto

OLD, NEW = b"o" * 32, b"n" * 32


def test_sm3_matches_the_vectors_of_gbt_32905():
    assert crypto.sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert (
        crypto.sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    )


def test_sm4_matches_the_vector_of_gbt_32907():
    block = bytes.fromhex("0123456789abcdeffedcba9876543210")
    sealed = Cipher(SM4(block), ECB()).encryptor().update(block)
    assert sealed.hex() == "681edf34d206965e86b3e94f536e4246"


def test_sm4_gcm_matches_the_vector_of_rfc_8998():
    seal = Cipher(
        SM4(bytes.fromhex("0123456789abcdeffedcba9876543210")), GCM(bytes.fromhex("00001234567800000000abcd"))
    ).encryptor()
    seal.authenticate_additional_data(bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
    plain = bytes.fromhex("".join(c * 16 for c in "abcdefea"))
    assert (seal.update(plain) + seal.finalize()).hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    )
    assert seal.tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec"


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_what_was_sealed_opens_in_its_place(plain, aad):
    assert crypto.decrypt(crypto.encrypt(plain, aad=aad), aad=aad) == plain


def test_the_layout_is_key_id_nonce_ciphertext_tag():
    blob = crypto.encrypt(b"12345", aad=b"")
    assert blob[0] == 1
    assert len(blob) == 1 + 12 + 5 + 16


def test_a_value_does_not_open_in_another_place():
    blob = crypto.encrypt(b"x", aad=b"person.name.1")
    with pytest.raises(crypto.DecryptError):
        crypto.decrypt(blob, aad=b"person.name.2")


def test_any_flipped_bit_is_noticed():
    blob = crypto.encrypt("李明".encode(), aad=b"here")
    for bit in range(len(blob) * 8):
        bent = bytearray(blob)
        bent[bit // 8] ^= 1 << bit % 8
        with pytest.raises(crypto.DecryptError):
            crypto.decrypt(bytes(bent), aad=b"here")


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01" + b"0" * 27, b"\x07" + b"0" * 40])
def test_what_was_never_sealed_is_refused(blob):
    with pytest.raises(crypto.DecryptError):
        crypto.decrypt(blob, aad=b"")


def test_nonces_do_not_repeat():
    nonces = {crypto.encrypt(b"", aad=b"")[1:13] for _ in range(20_000)}
    assert len(nonces) == 20_000


def test_a_file_opens_only_under_its_own_id_and_never_as_a_column():
    mine, other = uuid.uuid4(), uuid.uuid4()
    blob = crypto.encrypt_file(b"jpeg", file_id=mine)
    assert crypto.decrypt_file(blob, file_id=mine) == b"jpeg"
    with pytest.raises(crypto.DecryptError):
        crypto.decrypt_file(blob, file_id=other)
    with pytest.raises(crypto.DecryptError):
        crypto.decrypt(blob, aad=mine.bytes)


def test_the_same_value_has_one_index_per_field():
    assert crypto.blind_index("phone", "13800000000") == crypto.blind_index("phone", "13800000000")
    assert crypto.blind_index("phone", "13800000000") != crypto.blind_index("id:01", "13800000000")
    assert len(crypto.blind_index("phone", "13800000000")) == 32


def test_an_index_is_worthless_without_the_key(settings):
    before = crypto.blind_index("phone", "13800000000")
    settings.INDEX_KEYS = {1: NEW}
    assert crypto.blind_index("phone", "13800000000") != before


def test_during_a_rotation_the_newest_key_writes_and_all_read(settings):
    settings.DATA_KEYS = {1: OLD}
    settings.INDEX_KEYS = {1: OLD}
    blob, index = crypto.encrypt(b"x", aad=b""), crypto.blind_index("phone", "1")

    settings.DATA_KEYS = {1: OLD, 2: NEW}
    settings.INDEX_KEYS = {1: OLD, 2: NEW}
    assert crypto.encrypt(b"x", aad=b"")[0] == 2
    assert crypto.decrypt(blob, aad=b"") == b"x"
    assert crypto.blind_indexes("phone", "1") == [crypto.blind_index("phone", "1"), index]

    settings.DATA_KEYS = {2: NEW}
    with pytest.raises(crypto.DecryptError):
        crypto.decrypt(blob, aad=b"")


def test_a_code_vouches_for_one_purpose_and_one_content():
    mac = crypto.authenticate("audit", b"row")
    assert crypto.is_authentic("audit", b"row", mac)
    assert not crypto.is_authentic("audit", b"other row", mac)
    assert not crypto.is_authentic("ledger", b"row", mac)
    for forged in (b"", b"\x01", b"\x09" + mac[1:], mac[:-1], mac + b"0"):
        assert not crypto.is_authentic("audit", b"row", forged)
