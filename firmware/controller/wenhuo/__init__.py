"""Wenhuo: the appliance controller. Words and readings in, checked schedules out."""
