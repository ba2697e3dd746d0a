"""The table of normal forms: addresses of crypto networks, on published vectors."""

# over budget: a table
# ruff: noqa: E501 (one vector a line)

from __future__ import annotations

from typing import Final

from schemas.forms import Form, Vector, either, no, to

_GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
_TON = "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHF"
_CASH = "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a"
_XRP = "r9cZA1mLK5R5Am25ArfXFmqgNwjZgnfk59"
_BECH32 = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


def _kept(address: str, why: str, network: str) -> Vector:
    return to(address, address, why, network=network)


_BITCOIN_KIND: Final = (
    to(_BECH32.upper(), _BECH32, "BIP 173, witness version 0: lower case", network="bitcoin"),
    _kept(_GENESIS, "P2PKH, of the first block", "bitcoin"),
    _kept("3P14159f73E4gFr7JterCCQh9QjiTjiZrG", "P2SH", "bitcoin"),
    _kept(
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        "BIP 350, taproot",
        "bitcoin",
    ),
    no("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "bad-wallet", "the checksum fails", network="bitcoin"),
    no(
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
        "bad-wallet",
        "the checksum fails",
        network="bitcoin",
    ),
    no("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", "bad-wallet", "both cases", network="bitcoin"),
    no(
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
        "bad-wallet",
        "BIP 350: version 1 with the check of Bech32",
        network="bitcoin",
    ),
    no("tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "test-network", "BIP 173", network="bitcoin"),
    no(
        "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
        "test-network",
        "P2PKH of the test network",
        network="bitcoin",
    ),
    no(
        "5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ",
        "secret-key",
        "a published example of the Wallet Import Format",
        network="bitcoin",
    ),
    no(
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
        "secret-key",
        "BIP 32, test vector 1",
        network="bitcoin",
    ),
    no(
        "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
        "bad-wallet",
        "a key of a whole wallet",
        network="bitcoin",
    ),
    no(
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "other-network",
        "an address of Tron",
        network="bitcoin",
    ),
    _kept("LcubERmHD31PWup1fbozpKuiqjHZ4anxcL", "P2PKH", "litecoin"),
    _kept("MQMcJhpWHYVeQArcZR3sBgyPZxxRtnH441", "P2SH", "litecoin"),
    to(
        "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC",
        "MJiPwX84iBe4WnFDwsYGgtnz1XonPhUqhf",
        "P2SH as it was written before 2018, like Bitcoin's",
        network="litecoin",
    ),
    no(_GENESIS, "other-network", "an address of Bitcoin", network="litecoin"),
    _kept("DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L", "P2PKH", "dogecoin"),
    _kept("XdTw4G5AWW4cogGd7ayybyBNDbuB45UpgH", "P2PKH", "dash"),
    no(_BECH32, "other-network", "an address of Bitcoin", network="dash"),
    to(
        "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu",
        _CASH,
        "the CashAddr specification: the older form",
        network="bitcoin_cash",
    ),
    to(
        "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC",
        "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq",
        "the same, a script",
        network="bitcoin_cash",
    ),
    to(
        "QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A",
        _CASH,
        "without prefix, upper case",
        network="bitcoin_cash",
    ),
    no(
        "qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6b",
        "bad-wallet",
        "the checksum fails",
        network="bitcoin_cash",
    ),
    _kept("t1Lv2EguMkaZwvtFQW5pmbUsBw59KfTEhf4", "transparent", "zcash"),
    _kept("t3b1jtLvxCstdo1pJs9Tjzc5dmWyvGQSZj8", "transparent, a script", "zcash"),
    _kept(
        "zs1z7rejlpsa98s2rrrfkwmaxu53e4ue0ulcrw0h4x5g8jl04tak0d3mm47vdtahatqrlkngh9slya",
        "shielded, Sapling",
        "zcash",
    ),
    _kept(
        "u1qpatys4zruk99pg59gcscrt7y6akvl9vrhcfyhm9yxvxz7h87q6n8cgrzzpe9zru68uq39uhmlpp5uefxu0su5uqyqfe5zp3tycn0ecl",
        "unified, ZIP 316",
        "zcash",
    ),
    _kept("tex1s2rt77ggv6q989lr49rkgzmh5slsksa9khdgte", "ZIP 320", "zcash"),
    no(
        "tmGqwWtL7RsbxikDSN26gsbicxVr2xJNe86",
        "test-network",
        "transparent, test network",
        network="zcash",
    ),
    _kept("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "the USDT contract", "tron"),
    to(
        "41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "hexadecimal, as interfaces answer",
        network="tron",
    ),
    no(_GENESIS, "other-network", "an address of Bitcoin", network="tron"),
)

_OTHERS: Final = (
    _kept("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "EIP-55", "ethereum"),
    _kept("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "EIP-55", "polygon"),
    _kept("0xdbf03b407c01e7cd3cbea99509d93f8dddc8c6fb", "one case: no checksum", "ethereum"),
    no(
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
        "bad-wallet",
        "EIP-55 fails",
        network="ethereum",
    ),
    either(
        "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "bad-wallet",
        "without 0x it may be a digest",
        network="bnb_smart_chain",
    ),
    either(
        "alice.eth",
        "bad-wallet",
        "a name, which may point elsewhere tomorrow",
        network="ethereum",
    ),
    _kept(_XRP, "classic", "xrp"),
    to(
        "X7AcgcsBL6XDcUb289X4mJ8djcdyKaB5hJDWMArnXr61cqZ",
        _XRP,
        "X-address without tag",
        network="xrp",
    ),
    to(
        "X7AcgcsBL6XDcUb289X4mJ8djcdyKaGZMhc9YTE92ehJ2Fu",
        _XRP + ":1",
        "X-address with tag 1",
        network="xrp",
    ),
    to(
        "XVLhHMPHU98es4dbozjVtdWzVrDjtV8AqEL4xcZj5whKbmc",
        "rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf:0",
        "tag 0 is a tag",
        network="xrp",
    ),
    to(_XRP + "?dt=14", _XRP + ":14", "as in a payment link", network="xrp"),
    no(
        "T719a5UwUCnEs54UsxG9CJYYDhwmFCvqXVCALUGJGSbNV3x",
        "test-network",
        "X-address of the test network",
        network="xrp",
    ),
    no(
        "sn259rEFXrQrWyx3Q7XneWcwV6dfL",
        "secret-key",
        "a published example of a seed",
        network="xrp",
    ),
    _kept("9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM", "32 bytes", "solana"),
    _kept(
        "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWW",
        "one character lost: still 32 bytes, so it passes",
        "solana",
    ),
    no("9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAW", "bad-wallet", "31 bytes", network="solana"),
    no(
        "0WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM",
        "bad-wallet",
        "0 is no character of Base58",
        network="solana",
    ),
    to(
        "0:ca6e321c7cce9ecedf0a8ca2492ec8592494aa5fb5ce0387dff96ef6af982a3e",
        _TON,
        "raw",
        network="ton",
    ),
    to("UQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPuwA", _TON, "not bounceable", network="ton"),
    to(
        "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff+W72r5gqPrHF",
        _TON,
        "base64 instead of base64url",
        network="ton",
    ),
    no(
        "kQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPgpP",
        "test-network",
        "marked for tests",
        network="ton",
    ),
    no(
        "EQDKbjIcfM6ezt8KjKJJLshZJJSqX7XOA4ff-W72r5gqPrHG",
        "bad-wallet",
        "the checksum fails",
        network="ton",
    ),
    _kept(
        "42ey1afDFnn4886T7196doS9GPMzexD9gXpsZJDwVjeRVdFCSoHnv7KPbBeGpzJBzHRCAs9UxqeoyFQMYbqSWYTfJJQAWDm",
        "standard; from the network's own tests",
        "monero",
    ),
    _kept(
        "8AsN91rznfkBGTY8psSNkJBg9SZgxxGGRUhGwRptBhgr5XSQ1XzmA9m8QAnoxydecSh5aLJXdrgXwTDMMZ1AuXsN1EX5Mtm",
        "subaddress",
        "monero",
    ),
    _kept(
        "4BxSHvcgTwu25WooY4BVmgdcKwZu5EksVZSZkDd6ooxSVVqQ4ubxXkhLF6hEqtw96i9cf3cVfLw8UWe95bdDKfRQeYtPwLm1Jiw7AKt2LY",
        "integrated: with a payment id",
        "monero",
    ),
    no(
        "9ujeXrjzf7bfeK3KZdCqnYaMwZVFuXemPU8Ubw335rj2FN1CdMiWNyFV3ksEfMFvRp9L9qum5UxkP5rN9aLcPxbH1au4WAB",
        "test-network",
        "standard, test network",
        network="monero",
    ),
    no(
        "42ey1afDFnn4886T7196doS9GPMzexD9gXpsZJDwVjeRVdFCSoHnv7KPbBeGpzJBzHRCAs9UxqeoyFQMYbqSWYTfJJQAWDn",
        "bad-wallet",
        "the checksum fails",
        network="monero",
    ),
    _kept(
        "addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x",
        "CIP-19, type 0",
        "cardano",
    ),
    _kept(
        "addr1vx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzers66hrl8", "CIP-19, type 6", "cardano"
    ),
    _kept(
        "stake1uyehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gh6ffgw",
        "CIP-19, a stake address",
        "cardano",
    ),
    _kept("Ae2tdPwUPEZFRbyhz3cpfC2CumGzNkFBN2L42rcUc2yjQpEkxDbkPodpMAi", "Byron", "cardano"),
    no(
        "addr_test1vz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzerspjrlsz",
        "test-network",
        "CIP-19",
        network="cardano",
    ),
    no(
        "37btjrVyb4KEB2STADSsj3MYSAdj52X5FrFWpw2r7Wmj2GDzXjFRsHWuZqrw7zSkwopv8Ci3VWeg6bisU9dgJxW5hb2MZYeduNKbQJrqz3zVBsu9nT",
        "test-network",
        "Byron, test network",
        network="cardano",
    ),
    no(
        "GBBD47IF6LWK7P7MDEVSCWR7DPUWV3NY3DTQEVFL4NAT4AQH3ZLLFLA5",
        "unknown-network",
        "cannot be checked here",
        network="stellar",
    ),
)

WALLETS: Final = (
    Form(
        rule="wallet",
        title="an address on a crypto network",
        summary="The check of its network holds; case is kept where the network has it.",
        words=(
            "The network always stands beside the address; it is never guessed from the address.",
            "Test networks are refused, and so is a secret key, which must not travel.",
            "",
            "- Bitcoin, Litecoin: Base58Check (P2PKH, P2SH), Bech32 for witness version 0, Bech32m for later ones such as taproot. Dogecoin, Dash: Base58Check. Litecoin's extension blocks (`ltcmweb`) are refused.",
            "- Bitcoin Cash: CashAddr with its prefix. The older form, which looks like Bitcoin's, and the form that takes tokens name the same script and become it.",
            "- Zcash: transparent addresses; shielded ones (Sprout, Sapling, unified) as far as their check goes. One account has any number of shielded addresses that nobody can tell belong together: equal texts are the same, different ones say nothing. Viewing keys are refused.",
            "- Ethereum and networks of its kind (Arbitrum, Avalanche C, Base, BNB Smart Chain, Optimism, Polygon): mixed case is checked (EIP-55), one case alone carries no check. Addresses are compared without case and across these networks, since a key has the same address on all.",
            "- Tron: Base58Check; the hexadecimal form becomes it.",
            "- XRP: the classic address, with `:TAG` where a destination tag goes with it; X-addresses become that. An exchange gives many customers one address, so the tag is part of who it is.",
            "- Solana: 32 bytes in Base58. **There is no checksum**: a mistyped address of the right length passes and is somebody else's, or nobody's. Weigh a match accordingly, and copy, never type.",
            "- TON: any form becomes the bounceable one in base64url. A comment that an exchange demands is not part of it.",
            "- Monero: standard, subaddress, integrated; Keccak check over blocks of Base58. A subaddress cannot be traced to its account from outside.",
            "- Cardano: Shelley and stake addresses (Bech32 without its limit of 90), Byron addresses (CRC-32).",
        ),
        source="Base58Check of Bitcoin, BIP 173, BIP 350, BIP 32, the CashAddr specification, EIP-55, ZIP 316, ZIP 320, the address encodings of XRP (XLS-5), TON (TEP-2), Monero (CryptoNote) and Cardano (CIP-19)",
        tagged=True,
        vectors=_BITCOIN_KIND + _OTHERS,
    ),
)
