"""One file per assessment of the demo world: what panel, partnership and unit said (`services.demo.assessments`)."""
