"""Text in, blame frames out: the encoder, the actors, and the reader that says who blames whom."""
