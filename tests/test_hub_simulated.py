"""The simulated learner's kernel: what it makes of the messages that a server sends."""

import json
import sys

import pytest

if sys.platform != "linux":
    pytest.skip("the hub is for Linux", allow_module_level=True)

from hub_people import Kernel

IDLE, REPLY = ("status", {"execution_state": "idle"}), ("execute_reply", {"status": "ok"})


class Socket:
    """A server's websocket that answers one request with the given (kind, content) pairs."""

    connected = True

    def __init__(self, messages):
        self.messages, self.asked = list(messages), None

    def send(self, text):
        self.asked = json.loads(text)["header"]

    def recv(self):
        kind, content = self.messages.pop(0)
        return json.dumps({"msg_type": kind, "content": content, "parent_header": {"msg_id": self.asked["msg_id"]}})


def outcome(*messages):
    kernel = Kernel(person=None, number="0")
    kernel.socket = Socket(messages)
    return kernel.run("a cell")


def printed(text):
    return "stream", {"name": "stdout", "text": text}


def test_what_one_print_wrote_is_whole_in_one_message_or_two():
    assert outcome(printed("here\n"), REPLY, IDLE) == ("ok", "here\n")
    assert outcome(printed("here"), printed("\n"), REPLY, IDLE) == ("ok", "here\n")


def test_a_reply_that_overtakes_the_output_does_not_split_it():
    assert outcome(printed("here"), REPLY, printed("\n"), IDLE) == ("ok", "here\n")


def test_values_and_errors_stand_on_lines_of_their_own():
    value = "execute_result", {"data": {"text/plain": "42"}}
    error, failed = ("error", {"ename": "MemoryError", "evalue": ""}), ("execute_reply", {"status": "error"})
    assert outcome(printed("a"), value, value, printed("b"), REPLY, IDLE) == ("ok", "a\n42\n42\nb")
    assert outcome(printed("a"), error, failed, IDLE) == ("error", "a\nMemoryError: ")


def test_a_kernel_that_dies_is_dead_with_what_it_had_printed():
    died = "status", {"execution_state": "restarting"}
    assert outcome(printed("he"), printed("re"), died) == ("dead", "here")
