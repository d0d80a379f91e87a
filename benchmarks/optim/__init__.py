"""What the trace-feedback loop reaches, against published numbers."""
