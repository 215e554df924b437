/** @jsxImportSource preact */
// A page of one origin, and two APIs behind one sidecar of another.
import { render } from 'preact'
import { useEffect, useState } from 'preact/hooks'

const sidecar = 'http://localhost:8030'

async function call(path, init) {
  const response = await fetch(sidecar + path, { credentials: 'include', ...init })
  return await response.json()
}

function Orders() {
  const [orders, setOrders] = useState([])
  const [customers, setCustomers] = useState({})
  useEffect(() => {
    call('/orders').then(setOrders)
    call('/customers').then(setCustomers)
  }, [])

  const pay = async id => {
    const body = JSON.stringify({ paid: true })
    // JSON is what makes the browser ask first: a preflight.
    const headers = { 'content-type': 'application/json' }
    const paid = await call(`/orders/${id}`, { method: 'PUT', headers, body })
    setOrders(orders.map(order => (order.id === id ? paid : order)))
  }

  return (
    <ul>
      {orders.map(({ id, customer, total, paid }) => (
        <li key={id}>
          {customers[customer]}: {total}{' '}
          {paid ? (
            'paid'
          ) : (
            <button type="button" onClick={() => pay(id)}>
              pay
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

render(<Orders />, document.querySelector('main'))
