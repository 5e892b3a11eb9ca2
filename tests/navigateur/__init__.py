"""The pages in a real browser: Debian's Chromium through Playwright, or a notice that it is not there."""
