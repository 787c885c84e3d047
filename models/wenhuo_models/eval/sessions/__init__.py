"""Whole sessions of talk, written by hand and never trained on: several turns, several people.

sessions_zh.toml, sessions_en.toml, sessions_mixed.toml hold them; the model, the dialogue, the
memory and the rules are the real ones, and the pot is one that does as planned (pretend.py).

    python -m wenhuo_models.eval.sessions
"""
