"""Answers for single images: who describes them, what all models of a bundle say, and what that means."""
