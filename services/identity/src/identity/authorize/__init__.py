"""The sign-in page: OAuth 2.0's authorization code with PKCE, and OpenID Connect upon it."""
