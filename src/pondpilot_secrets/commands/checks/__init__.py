"""The checks of `pond doctor`, by what they are about; `outcome` is what each of them gives."""
