"""The demo world as data: organizations, people, units, networks, what two publishers report, and one file per record.

All of it is invented. `services.demo.world_files` reads it; a token like `day:-400` is the date so many days from the seeding day.
"""
