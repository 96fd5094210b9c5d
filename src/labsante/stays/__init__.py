"""Length of stay: columns by moment of knowledge, models with intervals, fair comparison.

Two models, never one. The *admission* model plans beds and sees only what is known when the
patient arrives; the *discharge* (case-mix) model compares hospitals and may see coded
diagnoses, but neither the hospital nor anything that the stay's length has made.

This room returns candidate cells; what may leave is decided by disclosure control.
"""
