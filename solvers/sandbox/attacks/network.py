"""Attacks over sockets of every kind."""

from __future__ import annotations

import ctypes
import socket
import urllib.request
from typing import Any


def connect_tcp(trap: dict[str, Any]) -> None:
    """connect over TCP"""
    socket.create_connection(("127.0.0.1", trap["tcp"]), timeout=1).sendall(b"hello")


def fetch_url(trap: dict[str, Any]) -> None:
    """fetch a URL"""
    urllib.request.urlopen(f"http://127.0.0.1:{trap['tcp']}/", timeout=1).read()


def send_udp(trap: dict[str, Any]) -> None:
    """send a UDP datagram"""
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("127.0.0.1", trap["udp"]))


def connect_unix(trap: dict[str, Any]) -> None:
    """connect to a unix socket in the file system"""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(trap["unix"])
        sock.sendall(b"hello")


def connect_abstract(trap: dict[str, Any]) -> None:
    """connect to an abstract unix socket"""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect("\0" + trap["abstract"])
        sock.sendall(b"hello")


def connect_by_raw_calls(trap: dict[str, Any]) -> None:
    """connect over TCP by system call number, past Python and libc"""
    libc = ctypes.CDLL(None)
    address = (2).to_bytes(2, "little") + trap["tcp"].to_bytes(2, "big") + b"\x7f\0\0\1" + bytes(8)
    for make, connect in ((41, 42), (198, 203)):  # x86-64, arm64
        libc.syscall(connect, libc.syscall(make, 2, 1, 0), address, 16)
