"""Ninety: a small, self-hosted, private NuGet feed whose API keys expire."""
