"""The daemon killed at random moments of cooks: every cook must end right all the same.

python -m wenhuo_hil.kills --count 200
"""
