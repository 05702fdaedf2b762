"""An import that is killed leaves whole batches, and the next run does the rest: nothing lost, nothing twice, no number skipped."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import func, select

from services.chassis import migrations
from services.chassis.database import Database
from services.chassis.settings import Settings
from services.chassis.tables import outbox
from services.registry.imports import service
from services.registry.partnerships.models import Partnership, PartnershipVersion
from tests.imports.files import Generated

ROOT = Path(__file__).resolve().parents[2]
COUNT = 1_500
PROGRAM = """
import sys
from pathlib import Path
from services.chassis.database import Database
from services.chassis.settings import Settings
from services.registry.imports import service
settings = Settings.from_env({"CONVENE_DATA_DIR": sys.argv[1], "CONVENE_PUBLIC_URL": "https://convene.example"})
service.import_iati(Database.open(settings, "registry"), [Path(sys.argv[2])], progress=lambda n: print(n, flush=True))
"""


def test_killed_while_it_writes(settings: Settings, tmp_path: Path) -> None:
    database = Database.open(settings, "registry")
    migrations.upgrade(database)
    file = tmp_path / "many.xml"
    file.write_bytes(Generated(COUNT).read(1 << 30))
    command = [sys.executable, "-c", PROGRAM, str(settings.data_dir), str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        assert running.stdout is not None
        assert [running.stdout.readline().strip() for _ in range(2)] == ["200", "400"]
        running.send_signal(signal.SIGKILL)
    with database.reading() as session:
        left = session.scalar(select(func.count()).select_from(Partnership)) or 0
    assert left >= 400
    assert left % service.BATCH == 0
    report = service.import_iati(database, [file])
    assert (report.created, report.unchanged, report.rejected) == (COUNT - left, left, 0)
    with database.reading() as session:
        references = sorted(session.scalars(select(Partnership.reference)))
        assert [int((reference or "")[-6:]) for reference in references] == list(range(1, COUNT + 1))
        assert session.scalar(select(func.count()).select_from(PartnershipVersion)) == COUNT
        assert session.scalar(select(func.count()).select_from(outbox)) == COUNT + 1  # and the one organization
