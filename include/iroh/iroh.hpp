// SPDX-License-Identifier: MIT OR Apache-2.0
/// The common set: all that a program needs to dial, accept, and move bytes.
#pragma once

#include "iroh/base/bytes.hpp"
#include "iroh/base/result.hpp"
#include "iroh/base/socket_addr.hpp"
#include "iroh/endpoint/connection.hpp"
#include "iroh/endpoint/endpoint.hpp"
#include "iroh/endpoint/endpoint_metrics.hpp"
#include "iroh/endpoint/errors.hpp"
#include "iroh/endpoint/hooks.hpp"
#include "iroh/endpoint/options.hpp"
#include "iroh/endpoint/path_events.hpp"
#include "iroh/endpoint/remote_info.hpp"
#include "iroh/endpoint/router.hpp"
#include "iroh/endpoint/runtime.hpp"
#include "iroh/endpoint/stream.hpp"
#include "iroh/endpoint/task.hpp"
#include "iroh/identity/endpoint_addr.hpp"
#include "iroh/identity/endpoint_id.hpp"
#include "iroh/identity/endpoint_ticket.hpp"
#include "iroh/identity/secret_key.hpp"
