"""The command `wenhuo`: a thin shell over the typed functions of this package."""
