"""Half a simulated year with a twentieth of the keys that `make simulate` has."""

from simulation.reckoning import reckon
from simulation.year import Year, folder_in_memory

KEYS, DAYS = 500, 180


def test_every_key_and_expiry_of_half_a_year_has_one_mail_or_a_reason_why_not() -> None:
    with folder_in_memory() as folder:
        year = Year(folder, KEYS, days=DAYS)
        year.run()
        reckoning = reckon(year)
    assert reckoning.doubles == []
    assert reckoning.unexplained == []
    # Enough went wrong, and most mails went out all the same.
    assert reckoning.fates["sent"] > KEYS / 2
    assert len(year.kills) > 20
    assert year.faults
    assert {"regenerated", "moved"} <= set(year.town.deeds)
