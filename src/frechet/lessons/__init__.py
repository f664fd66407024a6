"""What the lessons are made of: exercises that check themselves, pictures, vectors to drag; and the server that opens them.

The lessons themselves are marimo notebooks, in `lessons/` of the repository and in the wheel. Needs the extra `lessons`.
"""
