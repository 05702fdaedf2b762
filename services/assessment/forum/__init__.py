"""The forum: rounds, members, and assessments from the request to the evaluation (Panel ¶75, the assessment method).

`rounds` open, draw and select; `members` declare and are calibrated; `assessments` hold the course, whose stages are one table in
`course`. `app` mounts their HTTP, runs the job of their deadlines and gives them the events of records.
"""
