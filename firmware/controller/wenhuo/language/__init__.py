"""The schedule language: one grammar file, its tokens, the way to and from plans."""
