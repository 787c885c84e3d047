"""The schedule language: one grammar file, its tokens, and the way from and to intents and schedules."""
