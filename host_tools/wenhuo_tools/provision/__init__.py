"""Provisioning a controller: name, Wi-Fi, MQTT account, place and language, on a card or over SSH.

`settings` is what can be set and its bounds, `secrets` where passwords come from (never a command
line), `system` the files of Raspberry Pi OS that carry it, `target` where they are put.
"""
