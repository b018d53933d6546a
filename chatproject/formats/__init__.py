"""How dates and times are written, where Django's formats for a language are not what the pages use."""
