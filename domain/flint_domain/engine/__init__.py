"""The one road: every command, whoever asks for it, is executed here."""
