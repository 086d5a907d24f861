"""ai_spend: raw AI usage in, FOCUS billing tables out."""
