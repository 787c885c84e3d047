"""From the corpus to a trained student: tokenizer, batches, training."""
