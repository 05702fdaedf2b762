"""What the assessment knows of the register: who may act for whom, who is nominated, and organizations, units and networks.

Read from the bus and never written by anybody else; the registry owns all of it. Partnerships are not here but with the evidence.
"""
