"""Rules of the code base that a test can hold: layers, names, sizes, what mirrors what, and what a change touches.

Each rule stands in one test module; what it needs to know (retired words, patches and sleeps with their reasons) stands
beside it as data. Nothing here tries the product: that is for the tests that mirror `src/`.
"""
