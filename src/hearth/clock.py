"""In which a county's days begin and end."""

from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
