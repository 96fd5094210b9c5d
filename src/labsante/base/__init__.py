"""What every room stands on: errors, files, manifests, the workspace, progress.

This room knows nothing of health data.
"""
