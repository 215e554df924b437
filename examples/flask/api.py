"""A small legacy API: it signs people in with a cookie, and knows nothing of CORS."""

from flask import Flask, abort, jsonify, request

app = Flask(__name__)
orders = {1: {"id": 1, "customer": "Ada", "total": 42}}


@app.post("/session")
def sign_in():
    response = jsonify({"signed in": True})
    response.set_cookie("session", "ada", secure=True, httponly=True, samesite="None")
    return response


def only_for_those_signed_in():
    if request.cookies.get("session") != "ada":
        abort(401)


@app.get("/orders")
def list_orders():
    only_for_those_signed_in()
    return jsonify(list(orders.values()))


@app.put("/orders/<int:number>")
def change_order(number):
    only_for_those_signed_in()
    orders[number].update(request.get_json())
    return jsonify(orders[number])
