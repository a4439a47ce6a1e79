"""Fourier transforms over a prime field in plain Python, for the reference engines."""


def transform(values: list[int], root: int, r: int) -> list[int]:
    """The values at 1, root, root² … of the polynomial with these coefficients (radix 2)."""
    if len(values) == 1:
        return values
    square = root * root % r
    even, odd = transform(values[::2], square, r), transform(values[1::2], square, r)
    result = [0] * len(values)
    power, half = 1, len(even)
    for i in range(half):
        turned = odd[i] * power % r
        result[i], result[i + half] = (even[i] + turned) % r, (even[i] - turned) % r
        power = power * root % r
    return result
