"""The language model on the device: artifact, tokenizer, TFLite runtime, grammar masks, engine."""
