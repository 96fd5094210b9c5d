"""The informal networks of health professionals: ties, backbone, communities, reading them.

Everything here is computed inside the secure area. The room returns candidate cells; what may
leave is decided by disclosure control. No identifier of a professional ever leaves.
"""
