"""The schedule language: one grammar file, its tokens, the way from and to intents and schedules."""
