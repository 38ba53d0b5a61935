"""Sources that are sent into the student's kernel as text. They are not imported there, nor trusted here.

They need the standard library only and look up heavy libraries when the student has imported them already.
Files that are sent together share one namespace: each says which companions it needs.
"""
