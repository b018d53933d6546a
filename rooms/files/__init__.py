"""What is in an uploaded file: its type, its name, and what must not be kept of it. Imports no models."""
