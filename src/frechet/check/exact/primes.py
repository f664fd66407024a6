"""Random primes near 2^61."""

from __future__ import annotations

from collections.abc import Iterable
from math import lcm
from random import Random

__all__ = ["is_prime", "modulus_for", "random_prime"]

BITS = 61
SMALL = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)


def is_prime(n: int) -> bool:
    """Miller and Rabin, with bases that leave no doubt below 3e24.

    Source: Sorenson and Webster, Strong pseudoprimes to twelve prime bases, Math. Comp. 86 (2017).
    """
    if n < 2 or any(n % q == 0 for q in SMALL):
        return n in SMALL
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_is_probable(n, base, odd, twos) for base in SMALL)


def _is_probable(n: int, base: int, odd: int, twos: int) -> bool:
    x = pow(base, odd, n)
    if x in (1, n - 1):
        return True
    for _ in range(twos - 1):
        x = x * x % n
        if x == n - 1:
            return True
    return False


def modulus_for(numbers: Iterable[int] | None) -> int:
    """M such that primes ≡ -1 mod M will do: 4 for rational formulas (None).

    Where signs and roots occur, the small primes and those that divide the constants of the formula are made residues,
    so that sqrt(2) exists and sign(2*u) = sign(u): q is a residue modulo p if p ≡ -1 mod 4*q.
    """
    if numbers is None:
        return 4
    M = lcm(4 * 2, *SMALL[1:9])
    for number in numbers:
        for q in _prime_factors(abs(number)):
            if lcm(M, 4 * q).bit_length() < BITS - 16:
                M = lcm(M, 4 * q)
    return M


def _prime_factors(n: int, largest: int = 1000) -> Iterable[int]:
    q = 2
    while n > 1 and q <= largest:
        if n % q == 0:
            yield q
            n //= q
        else:
            q += 1


def random_prime(M: int, random: Random) -> int:
    """A random prime p ≡ -1 mod M between 2^60 and 2^61."""
    low, high = (1 << (BITS - 1)) // M + 1, (1 << BITS) // M
    while True:
        p = random.randrange(low, high) * M - 1
        if is_prime(p):
            return p
